/* global document, localStorage */
// Before the first paint: the theme that was chosen here, if one was. Without a choice the system's holds.
(function () {
  try {
    var theme = localStorage.getItem('podwire-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is closed to us: the system's theme it is.
  }
})();
