// `make contact-sheets`: the pictures of all states, by look and language, side by side on sheets that somebody goes
// through: target/browser/contact-sheets/<look>-<language>-<number>.png. The tests have taken the pictures (looks.js). Of the
// looks that the command line names, or of all.

import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { launch } from './chromium.js';
import { looksFolder } from './looks.js';
import { artefacts } from './places.js';
import { places } from './table.js';

const SHEETS = path.join(artefacts, 'contact-sheets');
/** The width of a sheet, and how high it may get before the next one begins. */
const WIDTH = 1_960;
const HEIGHT = 2_000;
/** How wide a picture is on it, by the width of the screen that it shows. */
const COLUMNS = { 320: 240, 375: 240, 1280: 480 };
const GAP = 5;
/** The room of a name. */
const CAPTION = 30;

rmSync(SHEETS, { recursive: true, force: true });
mkdirSync(SHEETS, { recursive: true });
const browser = await launch();
try {
  const page = await browser.newPage({ viewport: { width: WIDTH, height: 200 } });
  for (const look of places(readdirSync(looksFolder)).sort()) {
    const names = readdirSync(path.join(looksFolder, look)).sort();
    const languages = Object.groupBy(names, (name) => (/^english-|-portal-en/.test(name) ? 'en' : 'ja'));
    for (const [language, group] of Object.entries(languages)) {
      await lay(page, look, group, (number) => `${look}-${language}-${String(number).padStart(2, '0')}.png`);
    }
  }
} finally {
  await browser.close();
}

/** Lays pictures out in columns, the next one always where there is most room, and saves a sheet when all are full. */
async function lay(page, look, names, fileOf) {
  const column = COLUMNS[look.split('-')[0]];
  const count = Math.floor(WIDTH / (column + 2 * GAP));
  let columns = empty(count);
  let number = 0;
  const save = async () => {
    if (columns.some(({ pictures }) => pictures.length > 0)) {
      number += 1;
      await print(page, column, columns, path.join(SHEETS, fileOf(number)));
    }
    columns = empty(count);
  };
  for (const name of names) {
    const picture = readFileSync(path.join(looksFolder, look, name));
    // The size of a PNG stands behind its signature.
    const whole = (picture.readUInt32BE(20) * column) / picture.readUInt32BE(16);
    // What is longer than a sheet goes on in the next column.
    for (let top = 0; top < whole; top += HEIGHT - CAPTION) {
      const height = Math.min(whole - top, HEIGHT - CAPTION);
      const shortest = () => columns.reduce((one, other) => (other.height < one.height ? other : one));
      if (shortest().height + height + CAPTION > HEIGHT) {
        await save();
      }
      const place = shortest();
      place.height += height + CAPTION;
      place.pictures.push({ name: path.basename(name, '.png'), data: picture.toString('base64'), top, height });
    }
  }
  await save();
}

function empty(count) {
  return Array.from({ length: count }, () => ({ height: 0, pictures: [] }));
}

async function print(page, width, columns, file) {
  const figure = ({ name, data, top, height }) =>
    `<figure><figcaption>${name}</figcaption><div style="height: ${height}px">
      <img src="data:image/png;base64,${data}" style="margin-top: ${-top}px"></div></figure>`;
  await page.setContent(`<style>
    body { margin: 0; display: flex; background: #888; font: 14px sans-serif; }
    figure { margin: ${GAP}px; width: ${width}px; }
    figure div { overflow: hidden; }
    figcaption { background: #ff9; overflow: hidden; white-space: nowrap; height: ${CAPTION - 2 * GAP}px; }
    img { width: 100%; display: block; }
  </style>${columns.map(({ pictures }) => `<div>${pictures.map(figure).join('')}</div>`).join('')}`);
  await page.screenshot({ path: file, fullPage: true });
  console.log(path.relative(process.cwd(), file));
}
