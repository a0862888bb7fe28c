// The one style sheet of the pages, inlined, and allowed by its hash alone.

export const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:44em;margin:0 auto;padding:1em}
h1{font-size:1.4em;line-height:1.25}h2{font-size:1.1em;margin-top:1.5em}
table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.25em .5em .25em 0;vertical-align:top;border-bottom:1px solid #8886}
td.n{text-align:end;font-variant-numeric:tabular-nums}code,td,h1{overflow-wrap:anywhere}
.warn{border:2px solid #c00;padding:.5em 1em;font-weight:bold}
form{border:1px solid #888;padding:1em;margin:1em 0}label{display:block;font-weight:bold}
input,textarea{font:inherit;width:100%;box-sizing:border-box;padding:.4em;margin:.3em 0 .8em}
button{font:inherit;font-weight:bold;padding:.6em 1.2em;min-height:44px}`;
