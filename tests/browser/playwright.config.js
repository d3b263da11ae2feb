import path from 'node:path';
import { defineConfig } from '@playwright/test';
import { desktop, flags, phone, program } from './chromium.js';
import { artefacts } from './places.js';

export default defineConfig({
  testDir: '.',
  outputDir: path.join(artefacts, 'results'),
  reporter: [['list'], ['html', { outputFolder: path.join(artefacts, 'report'), open: 'never' }]],
  fullyParallel: true,
  // A browser and a stack keep one core busy each; what is slower than that is not the page.
  workers: 2,
  // Twelve pictures of each state take their time.
  timeout: process.env.LOOKS ? 900_000 : 120_000,
  // A test that sometimes fails is broken.
  retries: 0,
  forbidOnly: true,
  // As long as an action may take: the first call of a function waits until its process has started, and on a busy
  // machine that took more than Playwright's five seconds.
  expect: { timeout: 15_000 },
  use: {
    launchOptions: { executablePath: program, args: flags },
    // Recording takes a quarter of the time. `TRACE=1 make site-test ARGS=...` shows what a test that failed did.
    trace: process.env.TRACE ? 'retain-on-failure' : 'off',
    screenshot: 'only-on-failure',
    actionTimeout: 15_000,
  },
  projects: [
    { name: 'phone', use: phone, testIgnore: /keyboard\.spec\.js/ },
    // What depends on the size of the screen; the rest is the same on both.
    { name: 'desktop', use: desktop, testMatch: /(journey|look|keyboard)\.spec\.js/ },
  ],
});
