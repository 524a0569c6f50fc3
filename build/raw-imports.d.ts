// Text imports, resolved by Vite in the app and by build/rawImports.ts in Node.
declare module '*?raw' {
  const text: string;
  export default text;
}

declare module '*?inline' {
  const address: string;
  export default address;
}
