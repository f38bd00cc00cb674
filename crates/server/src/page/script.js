(function(){var f=document.querySelector("form");if(!f)return;var s=f.querySelector(".share"),c=s&&s.querySelector("input"),b=f.querySelector("button"),sent=false;
if(s&&navigator.geolocation)s.hidden=false;
function go(){sent=true;f.submit()}
f.addEventListener("submit",function(e){if(sent){e.preventDefault();return}b.setAttribute("aria-busy","true");
if(!c||!c.checked||!navigator.geolocation){sent=true;return}
e.preventDefault();var t=setTimeout(go,6000);
navigator.geolocation.getCurrentPosition(function(p){if(sent)return;clearTimeout(t);f.latitude.value=p.coords.latitude.toFixed(3);f.longitude.value=p.coords.longitude.toFixed(3);go()},function(){if(sent)return;clearTimeout(t);go()},{timeout:5000,maximumAge:600000})});
window.addEventListener("pageshow",function(e){if(e.persisted){sent=false;b.removeAttribute("aria-busy")}})})();
