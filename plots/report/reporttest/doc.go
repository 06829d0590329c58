// Package reporttest is for tests of a campaign's page: campaigns that are made up, of any size, and a browser, Debian's Chromium
// without a window, in which pages are opened, looked at and used.
package reporttest
