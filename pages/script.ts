// The one script of the pages, inlined, and allowed by its hash alone. Pages say and do everything without it.

/**
 * Counts the time left down by the server's clock, and looks at a run again every few seconds without losing the place:
 * a page that asks for it has `data-every` on its main element, in seconds.
 */
export const SCRIPT = `(()=>{
let began=performance.now();
const words=s=>{const p=[[s/86400|0,'d'],[(s/3600|0)%24,'h'],[(s/60|0)%60,'min'],[s%60,'s']],i=p.findIndex(q=>q[0]>0);
return i<0?'0 s':p.slice(i,i+2).filter(q=>q[0]>0).map(q=>q.join(' ')).join(' ')};
const tick=()=>{const at=document.querySelector('[data-left]');if(!at)return;
const left=at.dataset.left-(performance.now()-began)/1000|0;at.textContent=left>0?words(left)+' left':'expired'};
setInterval(tick,1000);
const every=document.querySelector('main').dataset.every;if(!every)return;
const look=async()=>{if(!document.hidden)try{
const answer=await fetch(location.href);
if(answer.ok){const page=new DOMParser().parseFromString(await answer.text(),'text/html'),main=page.querySelector('main');
document.title=page.title;document.querySelector('main').replaceWith(main);began=performance.now();if(!main.dataset.every)return}
}catch{}
setTimeout(look,every*1000)};
setTimeout(look,every*1000)})()`;
