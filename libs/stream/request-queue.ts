import RequestQueue from 'kafkajs/src/network/requestQueue/index.js'

let calmed = false

/**
 * Keeps kafkajs 2.2.4 from looking every millisecond, on each connection, for requests it holds back, also
 * where there are none (tulios/kafkajs#1704): half of what an idle bridge costs, and on Node 24 a warning
 * about negative time-outs on everybody's screen.
 */
export function calmRequestQueue(): void {
  if (calmed) return
  calmed = true
  const schedule = RequestQueue.prototype.scheduleCheckPendingRequests
  RequestQueue.prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this)
  }
}
