// Where things are: the repository, what Cargo built, and where the browser tests leave what they made.

import path from 'node:path';

/** The repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** Cargo's target folder. */
export const target = path.resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');

/** The site's files as they are deployed: `make site` assembles them there. */
export const site = path.join(target, 'site-files', 'files');

/** What the tests and the tools here leave behind. */
export const artefacts = path.join(target, 'browser');
