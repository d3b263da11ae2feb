// `make smoke-test`: what matters most, in the browsers that members have beside Chromium.

import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { artefacts } from '../places.js';

export default defineConfig({
  testDir: '.',
  testMatch: '*.smoke.js',
  outputDir: path.join(artefacts, 'smoke'),
  reporter: 'list',
  fullyParallel: true,
  workers: 2,
  timeout: 120_000,
  retries: 0,
  forbidOnly: true,
  projects: ['firefox', 'webkit'].map((name) => ({ name, use: { driven: name } })),
});
