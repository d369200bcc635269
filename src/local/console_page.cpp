#include "local/console_page.hpp"

namespace cogniot::local {

std::string_view const console_page = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>cogniot local cloud</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.25rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
code{font:13px ui-monospace,monospace}h2{margin-top:2rem;font-size:1.1rem}.none{color:#777}
@media(prefers-color-scheme:dark){body{background:#161616;color:#ddd}td,th{border-color:#333}}
</style></head><body>
<h1>cogniot local cloud</h1>
<table id="info"></table>
<h2>Refusals, newest first</h2><div id="denials"></div>
<h2>MQTT connections</h2><div id="connections"></div>
<script>
const text=(tag,value)=>{const e=document.createElement(tag);e.textContent=value;return e};
const table=(rows,columns)=>{if(!rows.length){const p=text('p','none');p.className='none';return p}
 const t=document.createElement('table'),h=document.createElement('tr');
 columns.forEach(c=>h.append(text('th',c)));t.append(h);
 rows.forEach(r=>{const tr=document.createElement('tr');columns.forEach(c=>tr.append(text('td',r[c]??'')));t.append(tr)});return t};
const show=(id,node)=>document.getElementById(id).replaceChildren(node);
const get=async path=>(await fetch(path)).json();
const denials=[],columns=['timestamp','eventType','clientId','topicName','reason','explanation'];
const draw=()=>show('denials',table(denials,columns));
const feed=new EventSource('denials');
feed.addEventListener('denial',e=>{denials.unshift(JSON.parse(e.data));denials.length=Math.min(denials.length,500);
 if(!draw.due)draw.due=setTimeout(()=>{draw.due=0;draw()},100)});
async function refresh(){
 const t=document.createElement('table');
 for(const [k,v] of Object.entries(await get('info'))){const tr=document.createElement('tr');tr.append(text('th',k),text('td',v!==null&&typeof v==='object'?JSON.stringify(v):v));t.append(tr)}
 document.getElementById('info').replaceChildren(...t.childNodes);
 const c=await get('connections');show('connections',table(c.connections,['clientId','identityId','principalId','transport','sourceIp','connectedSince']));
}
draw();refresh();setInterval(refresh,2000);
</script></body></html>
)";

} // namespace cogniot::local
