// Builds loader.js, which stands beside index.html at the root of a site and changes seldom.
// A build of its own: it must be one file that shares no chunk with the viewer.
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  publicDir: false,
  build: {
    outDir: '../clipplot_pipeline/viewer',
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: { loader: 'src/loader.ts' },
      output: { entryFileNames: '[name].js' },
    },
  },
});
