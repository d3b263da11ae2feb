// The function of the distribution that leads from addresses to files (SitePaths in template.yaml): it runs here as it
// stands there, and has to lead where the local stack does.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import vm from 'node:vm';

import { expect, test } from './fixtures.js';
import { root } from './places.js';

const SITE = join(root, 'site');

/** The function's code, without the indentation that it has in the template. */
const code = (() => {
  const template = readFileSync(join(root, 'template.yaml'), 'utf8');
  const [, indent, block] = template.match(/^( +)FunctionCode: \|\n((?:\1 {2}.*\n|\n)+)/m);
  return block.replaceAll(new RegExp(`^${indent}  `, 'gm'), '');
})();

/** What the function makes of a path: where it leads, or the answer that it gives itself. */
const lead = vm.runInNewContext(`${code}; (path) => handler({ request: { uri: path } })`);

/** The paths of all files of the site. */
const files = readdirSync(SITE, { recursive: true })
  .map((name) => join(SITE, name))
  .filter((name) => statSync(name).isFile())
  .map((name) => `/${relative(SITE, name)}`);

const folders = files.filter((file) => file.endsWith('/index.html')).map((file) => file.slice(0, -'index.html'.length));

test.describe('The distribution', () => {
  test('leads to every page and every file of the site', () => {
    expect(folders).toContain('/portal/en/account/email/');
    for (const folder of folders) {
      expect(lead(folder), folder).toEqual({ uri: `${folder}index.html` });
      if (folder !== '/') {
        const moved = lead(folder.slice(0, -1));
        expect([moved.statusCode, moved.headers.location.value], folder).toEqual([301, folder]);
      }
    }
    for (const file of files) {
      expect(lead(file), file).toEqual({ uri: file });
    }
  });

  test('leads where the local stack leads', async ({ request }) => {
    const odd = ['/portal/signup.ibs', '/portal/sginup.ibss', '/portal/none/', '/none', '/portal//', '/portal/%00'];
    for (const path of [...folders, '/portal', '/portal/en', '/portal/signup.ibss', '/assets/style.css', ...odd]) {
      const led = lead(path);
      const answer = await request.get(path, { maxRedirects: 0 });
      expect(led.statusCode ?? 200, path).toBe(answer.status());
      expect(led.headers?.location?.value, path).toBe(answer.headers().location);
    }
  });

  test('shows who mistyped an address the page that the site has for it', () => {
    const { headers, body } = lead('/portal/sginup.ibss');
    expect(headers['content-type'].value).toBe('text/html; charset=utf-8');
    expect(body.data).toBe(readFileSync(join(SITE, '404.html'), 'utf8'));
  });

  test('keeps to what CloudFront takes of a function', () => {
    expect(Buffer.byteLength(code)).toBeLessThan(10 * 1024);
  });
});
