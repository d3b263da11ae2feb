// The sample insurer, whose survey a stack that runs moves to its own day (docs/local-stack.md).

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './places.js';

const [sample] = JSON.parse(readFileSync(path.join(root, 'infra', 'local', 'samples', 'insurers.json'), 'utf8'));

/**
 * The entry of a state that gives the sample insurer the survey that its file has, from 2 November 2026 to 29 January
 * 2027, for tests that come at moments of their own; or these facts in the place of the file's.
 */
export const insurer = (facts = {}) => ({ insurers: [{ ...sample, ...facts }] });
