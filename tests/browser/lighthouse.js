// `make lighthouse`: Lighthouse's four scores of each page, on the slow phone and the slow network that it simulates.

import { launch as launchChromium } from 'chrome-launcher';
import lighthouse from 'lighthouse';
import { flags, program } from './chromium.js';
import { Stack } from './stack.js';
import { places, print } from './table.js';

const PAGES = ['/portal/signup.ibss', '/portal/'];
/** The least scores, in the order of the table. */
const LEAST = { performance: 95, accessibility: 100, 'best-practices': 100, seo: 100 };

const stack = await Stack.start();
const chromium = await launchChromium({ chromePath: program, chromeFlags: [...flags, '--headless=new'] });
const short = [];
try {
  const rows = [['page', ...Object.keys(LEAST)]];
  for (const place of places(PAGES)) {
    const report = await judge(place);
    const scores = Object.keys(LEAST).map((category) => Math.round(report.categories[category].score * 100));
    rows.push([place, ...scores]);
    if (Object.values(LEAST).some((least, index) => scores[index] < least)) {
      short.push(`${place}: ${lost(report).join(', ')}`);
    }
  }
  print(rows);
} finally {
  chromium.kill();
  await stack.stop();
}
if (short.length > 0) {
  console.error(`Points were lost by:\n${short.join('\n')}`);
  process.exitCode = 1;
}

async function judge(place) {
  const options = { port: chromium.port, onlyCategories: Object.keys(LEAST), logLevel: 'error' };
  const { lhr } = await lighthouse(stack.url + place, options);
  if (lhr.runtimeError) {
    throw new Error(`${place}: ${lhr.runtimeError.message}`);
  }
  return lhr;
}

/** The audits that took points from a score that is too low. */
function lost({ categories, audits }) {
  return Object.entries(LEAST)
    .filter(([category, least]) => categories[category].score * 100 < least)
    .flatMap(([category]) => categories[category].auditRefs)
    .filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9)
    .map(({ id }) => `${id} (${audits[id].displayValue ?? audits[id].title})`);
}
