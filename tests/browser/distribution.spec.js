// The functions of the distribution: the one that leads from addresses to files (SitePaths in template.yaml), and the
// one that lets a page be shown that was fetched ahead (SiteAhead). They run here as they stand there, and have to do
// what the local stack does.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import vm from 'node:vm';

import { expect, test } from './fixtures.js';
import { root, site } from './places.js';

/** The functions' code, without the indentation that it has in the template. */
const [paths, ahead] = (() => {
  const template = readFileSync(join(root, 'template.yaml'), 'utf8');
  const codes = template.matchAll(/^( +)FunctionCode: \|\n((?:\1 {2}.*\n|\n)+)/gm);
  return [...codes].map(([, indent, block]) => block.replaceAll(new RegExp(`^${indent}  `, 'gm'), ''));
})();

/** What the function makes of a path: where it leads, or the answer that it gives itself. */
const lead = vm.runInNewContext(`${paths}; (path) => handler({ request: { uri: path } })`);

/** What the function makes of an answer to a request, each with its headers: the `Cache-Control`. */
const keep = vm.runInNewContext(`${ahead}; (asked, said) => {
  const headers = (all) => Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { value }]));
  const response = { statusCode: said.status, headers: headers(said.headers) };
  return handler({ request: { headers: headers(asked) }, response }).headers['cache-control'].value;
}`);

/** The paths of all files of the site. */
const files = readdirSync(site, { recursive: true })
  .map((name) => join(site, name))
  .filter((name) => statSync(name).isFile())
  .map((name) => `/${relative(site, name)}`);

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
    expect(body.data).toBe(readFileSync(join(site, '404.html'), 'utf8'));
  });

  test('lets a page that was fetched ahead be shown, and nothing else, as the local stack does', async ({
    request,
  }) => {
    const kept = files.find((file) => /^\/assets\/2023-09-01\.\w+\.html$/.test(file));
    for (const [path, purpose, expected] of [
      ['/portal/top/', 'prefetch', 'max-age=300'],
      ['/portal/signup.ibss', 'prefetch;anonymous-client-ip', 'max-age=300'],
      ['/portal/top/', '', 'no-cache'],
      ['/assets/style.css', 'prefetch', 'no-cache'],
      ['/portal/none/', 'prefetch', 'no-cache'],
      [kept, 'prefetch', 'public, max-age=31536000, immutable'],
      [kept, '', 'public, max-age=31536000, immutable'],
    ]) {
      const asked = purpose ? { 'sec-purpose': purpose } : {};
      const plain = await request.get(path);
      const said = { status: plain.status(), headers: plain.headers() };
      expect(keep(asked, said), `${path} ${purpose}`).toBe(expected);
      const answer = await request.get(path, { headers: asked });
      expect(answer.headers()['cache-control'], `${path} ${purpose}`).toBe(expected);
    }
  });

  test('keeps to what CloudFront takes of a function', () => {
    for (const code of [paths, ahead]) {
      expect(Buffer.byteLength(code)).toBeLessThan(10 * 1024);
    }
  });
});
