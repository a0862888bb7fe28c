// The frame of every page: one style sheet and one script inside it, nothing from elsewhere.
import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export const NOTHING: Html = html``;

export interface Frame {
  readonly title: string;
  readonly body: Html;
  /** Looked at again after so many seconds, with or without the script. */
  readonly everySeconds?: number;
  /** Room for wide tables. */
  readonly isWide?: boolean;
  /** A page that is kept as a file works without script. */
  readonly isKept?: boolean;
}

export function page({ title, body, everySeconds, isWide = false, isKept = false }: Frame): Html {
  const refresh =
    everySeconds === undefined
      ? NOTHING
      : html`<noscript><meta http-equiv="refresh" content="${everySeconds}"></noscript>`;
  const every = everySeconds === undefined ? NOTHING : html` data-every="${everySeconds}"`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">
<title>${title}</title><style>${raw(STYLE)}</style>${refresh}</head>
<body${isWide ? html` class="wide"` : NOTHING}><main${every}>${body}</main>${isKept ? NOTHING : html`<script>${raw(SCRIPT)}</script>`}</body></html>
`;
}
