import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The server that answers /v1 while one works on the console. The host name stays, since it says which brand is meant. */
const server = process.env.TALLYMARK_ORIGIN ?? "http://127.0.0.1:8080";
const proxy = { "/v1": { target: server, changeOrigin: false } };

export default defineConfig({
  base: "/console/",
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
  build: {
    target: "es2022",
    // What is small would become data: addresses, which the Content-Security-Policy does not allow.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler|react-router|i18next|react-i18next|@tanstack)[\\/]/ },
            { name: "charts", test: /node_modules[\\/](echarts|zrender)[\\/]/ },
          ],
        },
      },
    },
  },
});
