try{let e,i,l,n,r,s,f,d=document.documentElement,t=document.currentScript,o=(e,i)=>e?fetch(t.dataset.api||new URL("/api/event",t.src),{body:JSON.stringify(e),method:"post",keepalive:1}).catch(e=>({error:e})).then(i):i(),m=()=>{n=d.scrollHeight;let e=scrollY+innerHeight;l=l>e?l:e},a=(n,r)=>{try{let s={u:r?.url||location.href,d:t.dataset.domain,r:document.referrer,n,...r};
//+ hash
s.h=1;
//-
//+ pageview-props
s.p={...g,...r?.props};
//-
"internal"in t.dataset&&(s=0);
//+ top
top!=self&&(s=0);
//-
//+ developer
(/^\[|^(|localhost|127[.\d]+)$/.test(location.hostname)||!self.__plausible&&navigator.webdriver)&&(s=0);
//-
//+ exclusions
let{include:d,exclude:m}=t.dataset;"pageview"==n&&(d&&!x(d)||m&&x(m))&&(s=0);
//-
"pageview"==n&&(p(1),f=l=e=0,i=s),o(s,r?.callback)}catch{}},p=(d,t=+new Date)=>{try{e+=r&&t-r,r=document.hasFocus()&&!document.hidden&&t,i&&(1==d||!r)&&(l||m(),e>=3e3||l>f)&&(o({...i,n:"engagement",sd:.5+100*l/n|0,e}),f=l,e=0);
//+ hash
document.hidden||c==(c=k())||(d={persisted:1});
//-
//+ auto
document.hidden||s==(s=location.pathname)&&!d?.persisted||a("pageview")
//-
}catch{}};
//+ hash
let c,k=()=>location.hash.split("?")[0];
//-
//+ compat
t=t||document.getElementById("plausible");
//-
//+ exclusions
let x=e=>{let i=location.pathname;
//+ hash
i+=k();
//-
return e.split(",").some(e=>{let l=e.trim().replace(/[.+?^${}()|[\]\\]/g,"\\$&");return RegExp("^"+l.replace(/\*+/g,e=>e[1]?".*":"[^\\s/]*")+"/?$").test(i)})};
//-
//+ pageview-props
let g={};for(let e of t.attributes)/^event-/.test(e.name)&&(g[e.name.slice(6)]=e.value);
//-
//+ clicks
//+ file-downloads
let u="pdf|xlsx|docx|txt|rtf|csv|exe|key|pps|ppt|pptx|7z|pkg|rar|gz|zip|avi|mov|mp4|mpeg|wmv|midi|mp3|wav|wma|dmg";u=(t.getAttribute("file-types")||u+"|"+t.getAttribute("add-file-types")).replace(/[\s,]+/g,"|");
//-
let v=e=>{try{if(e.button>1)return;let{matches:i}=Element.prototype,l="submit"==e.type,n=e.composedPath().filter(e=>e instanceof Element),r=n.find(e=>i.call(e,":any-link"));r&&=new URL(r.href.baseVal??r.href,document.baseURI);
//+ tagged-events
for(let e of n.slice(0,4)){let n={event:{},revenue:{}};e.classList.forEach(e=>e.replace(/^plausible-(event|revenue)-(.+?)(=|--)(.+)/,(e,i,l,r,s)=>n[i][l]=s.replaceAll("+"," ")));let{name:s,...f}=n.event;if(s&&l==i.call(e,"form"))return r&&(f.url=r.href),a(s,{props:f,revenue:n.revenue.amount&&n.revenue})}
//-
if(!r||l)return;
//+ outbound-links
if(r.host&&r.host!=location.host)return a("Outbound Link: Click",{props:{url:r.href}});
//-
//+ file-downloads
RegExp("\\.("+u+")$","i").test(r.pathname)&&a("File Download",{props:{url:r.href.split("?")[0]}})
//-
}catch{}};
//-
if(!self.plausible?.t){new ResizeObserver(m).observe(d),addEventListener("scroll",m),a.t=["visibilitychange","pageshow","popstate","blur","focus"].map(e=>addEventListener(e,p));
//+ clicks
["click","auxclick","submit"].map(e=>addEventListener(e,v,!0));
//-
//+ auto
let e=history.pushState;history.pushState=(...i)=>p(e.call(history,...i)),p();
//-
self.plausible?.q?.map(e=>a(...e)),self.plausible=a,navigation.addEventListener("currententrychange",p)}}catch{}
