// Builds single/single.js: the whole viewer in one script, for maps that are one file. Its style is that of the viewer; the
// folder is no part of a published site.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  publicDir: false,
  plugins: [svelte()],
  build: {
    outDir: '../clipplot_pipeline/viewer/single',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    rolldownOptions: {
      input: { single: 'src/single.ts' },
      output: { codeSplitting: false, entryFileNames: '[name].js', assetFileNames: '[name][extname]' },
    },
  },
});
