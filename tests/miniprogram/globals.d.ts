// What is there in a page, and in uni-app.
declare const window: any;
declare const uni: object;
