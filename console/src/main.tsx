import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import "./app/nonce";
import "./app/base.css";
import "./shared/shared.css";
import "./shared/forms.css";
import { App } from "./app/App";
import { startLanguages } from "./app/i18n";

await startLanguages();
createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
