// The one style sheet of all pages, inlined, and allowed by its hash alone. Colours reach 4.5 : 1 on both grounds.

export const STYLE = `:root{color-scheme:light dark;--line:#8887;--soft:#595959;--bar:#b3261e;--warn:#b3261e;--ok:#0b6b2e}
@media (prefers-color-scheme:dark){:root{--soft:#b5b5b5;--bar:#ff8a80;--warn:#ff8a80;--ok:#7ddb9b}}
*{box-sizing:border-box}
html{background:Canvas;color:CanvasText}
body{font:1rem/1.45 system-ui,sans-serif;max-width:46em;margin:0 auto;padding:.8em}
.wide{max-width:72em}
h1{font-size:1.35em;line-height:1.2;margin:.2em 0 .5em}h2{font-size:1.1em;margin:1.4em 0 .4em}
h1,th,td,li,code,p,summary{overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}
th,td{text-align:start;vertical-align:top;padding:.3em .6em .3em 0;border-bottom:1px solid var(--line);font-weight:normal}
thead th{color:var(--soft);font-size:.85em}.facts th{color:var(--soft);width:7.5em}
.n{text-align:end;font-variant-numeric:tabular-nums}
small,.soft{color:var(--soft)}code{font-size:.9em}
.bar{display:block;width:100%;height:6px;margin-top:.25em;border-radius:3px;background:var(--line)}.bar rect{fill:var(--bar)}
.warn{border:2px solid var(--warn);border-radius:6px;padding:.4em .7em;font-weight:bold}
.ok{border:2px solid var(--ok);border-radius:6px;padding:.4em .7em}
form{border:1px solid var(--line);border-radius:6px;padding:.8em;margin:.8em 0}
label{display:block;font-weight:bold}
input,textarea{font:inherit;width:100%;padding:.5em;margin:.3em 0 .6em;border:1px solid var(--soft);border-radius:4px}
button{font:inherit;font-weight:bold;padding:.6em 1.2em;min-height:44px;width:100%;border-radius:6px;border:1px solid;cursor:pointer}
:focus-visible{outline:3px solid;outline-offset:2px}
.scroll{overflow-x:auto}.scroll thead th{white-space:nowrap}.scroll tbody :is(th,td):not(.n){min-width:8em}.scroll .n{white-space:nowrap}
@media screen and (max-width:40em){.stack thead{display:none}.stack :is(table,tbody,tr,th,td){display:block}.stack tr{padding:.4em 0;border-bottom:1px solid var(--line)}
.stack :is(th,td){border:0;padding:.1em 0}.stack tbody th{font-weight:bold}.stack td{text-align:start}.stack td:empty{display:none}.stack td::before{content:attr(data-n) ": ";color:var(--soft)}}
@media (min-width:40em){button{width:auto}}
@media print{body{max-width:none;padding:0}form,.live{display:none}tr{break-inside:avoid}}`;
