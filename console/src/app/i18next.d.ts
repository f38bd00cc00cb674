import type { English } from "./locales/en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: English };
    keySeparator: false;
    nsSeparator: false;
    returnNull: false;
  }
}
