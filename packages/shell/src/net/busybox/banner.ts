/** What each usage text of BusyBox begins with. */
export const BANNER = 'BusyBox v1.37.0 () multi-call binary.';
