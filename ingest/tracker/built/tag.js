{let e,s,n,t,u,r,k,d=self.plausible,c=document.currentScript,p=(e,s)=>e?fetch(c.dataset.api||new URL("/api/event",c.src),{body:JSON.stringify(e),method:"POST",keepalive:1}).then(s,e=>s?.({error:e})):s?.(),a=(e,s)=>{let n="internal"in c.dataset;
//+ developer
n=n||!self.__plausible&&(self.Cypress||navigator.webdriver)||/^\[|^(localhost|127[.\d]+|)$/.test(location.hostname);
//-
//+ exclusions
let{include:t,exclude:u}=c.dataset;n=n||"pageview"==e&&(t&&!m(t)||u&&m(u));
//-
let r=n?0:{d:c.dataset.domain,u:s?.url||location.href,r:document.referrer,n:e,...s};
//+ hash
r.h=1;
//-
//+ pageview-props
r.p={...q,...s?.props};
//-
"pageview"==e&&l(r),p(r,s?.callback)},i=()=>{let e=scrollY+innerHeight;n=n>e?n:e,u=document.documentElement.scrollHeight},l=(k=s)=>{let d=+new Date;e+=t&&d-t,t=document.hasFocus()&&!document.hidden&&d,s&&(s!=k||!t)&&(n||i(),e>=3e3||n>r)&&(p({...s,sd:100*n/u+.5|0,e,n:"engagement"}),e=0,r=n),s!=k&&(r=n=e=0,s=k)},o=e=>{l();
//+ auto
let s=location.pathname;
//+ hash
s+=location.hash;
//-
!document.hidden&&(k&&e?e.persisted:s!=k)&&(k=s,a("pageview"))
//-
};
//+ compat
c=c||document.getElementById("plausible");
//-
//+ exclusions
let m=e=>{let s=location.pathname;
//+ hash
s+=location.hash;
//-
return e.split(",").some(e=>{let n=e.trim().replace(/[.+?^${}()|[\]\\]/g,"\\$&");return RegExp("^"+n.replace(/\*+/g,e=>e[1]?".*":"[^\\s/]*")+"/?$").test(s)})};
//-
//+ pageview-props
let q={};for(let e of c.attributes)/^event-/.test(e.name)&&(q[e.name.slice(6)]=e.value);
//-
//+ clicks
//+ file-downloads
let b="pdf xlsx docx txt rtf csv exe key pps ppt pptx 7z pkg rar gz zip avi mov mp4 mpeg wmv midi mp3 wav wma dmg".split(" "),w=e=>c.getAttribute(e)?.split(/[\s,]+/);b=w("file-types")||b.concat(w("add-file-types"));
//-
let x=e=>{if(e.button>1)return;let s="submit"==e.type,n=e.target,t=n.closest?.("a[href]");
//+ tagged-events
let u=n;for(let e=4;u&&e--;u=u.parentElement){let e={event:{},revenue:{}};u.classList?.forEach(s=>{s.replace(/^plausible-(event|revenue)-(.+?)(=|--)(.+)/,(s,n,t,u,r)=>{e[n][t]=r.replaceAll("+"," ")})});let{name:n,...r}=e.event;if(n&&s==u.matches("form"))return t&&(r.url=t.href),a(n,{props:r,revenue:e.revenue.amount&&e.revenue})}
//-
if(t){
//+ outbound-links
if(t.host&&t.host!=location.host)return a("Outbound Link: Click",{props:{url:t.href}});
//-
//+ file-downloads
b.includes(t.pathname.split(".").pop())&&a("File Download",{props:{url:t.href.split("?")[0]}})
//-
}};
//-
if(!d?.t){self.plausible=a,addEventListener("popstate",()=>o()),new ResizeObserver(i).observe(document.documentElement),addEventListener("scroll",i),a.t=["focus","pageshow","blur","visibilitychange"].map(e=>addEventListener(e,o));
//+ clicks
["click","auxclick","submit"].map(e=>addEventListener(e,x,!0));
//-
//+ auto
let e=history.pushState;history.pushState=(...s)=>o(e.call(history,...s)),o();
//-
d?.q?.map(e=>a(...e))}}
