// A browser for tests of pages: sizes, schemes, and what holds for every page.

import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import axe from 'axe-core';
import { Hono } from 'hono';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import type { Html } from '../../pages/page.ts';
import { securityHeaders } from '../../pages/security-headers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    chromium: string;
    screens: string | null;
  }
}

export const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true } as const;
export const DESKTOP = { viewport: { width: 1_280, height: 800 } } as const;
/** A desktop at 200 %: half the room in each direction. */
const ZOOMED = { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 } as const;
export const SIZES = { phone: PHONE, desktop: DESKTOP, zoomed: ZOOMED } as const;

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: inject('chromium'), args: ARGUMENTS });
}

export interface Opened {
  readonly page: Page;
  /** Where requests went, the page's own first. */
  readonly requested: readonly string[];
  /** What the browser complained of: refused styles and scripts, errors. */
  readonly complaints: readonly string[];
}

/** In a context of its own, which the caller closes with the browser. */
export async function open(browser: Browser, url: string, options: BrowserContextOptions = DESKTOP): Promise<Opened> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, requested, complaints };
}

/** Everybody can read it: nothing found by axe-core, and nothing cut off at the side. */
export async function expectReadable(page: Page): Promise<void> {
  expect((await violations(page)).join('\n')).toBe('');
  const overhang = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overhang).toBeLessThanOrEqual(0);
}

/** Through the debugger, which no policy of the page keeps away. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const found = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
  });
}

/** Of a whole page, where screenshots are kept. */
export async function keepScreen(page: Page, name: string, isWhole = true): Promise<void> {
  const folder = inject('screens');
  if (folder === null) return;
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: isWhole });
}

export interface Served {
  readonly url: string;
  close(): void;
}

/** A page from a document, with the headers of all pages. */
export async function serve(html: Html | string): Promise<Served> {
  const app = new Hono().use(securityHeaders).get('/', async (context) => context.html(await html));
  const server = createServer(async (_, response) => {
    const answer = await app.request('/');
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
