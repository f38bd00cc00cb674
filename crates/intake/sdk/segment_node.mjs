// Delivers the known set with Segment's SDK for Node: node segment_node.mjs URL WRITE_KEY
// Exits 0 only when the SDK reports every event as delivered.
import { readFileSync } from 'node:fs'
import { Analytics } from '@segment/analytics-node'

const [url, writeKey] = process.argv.slice(2)
const events = JSON.parse(readFileSync(new URL('known_set.json', import.meta.url)))
const analytics = new Analytics({ writeKey, host: url, flushAt: 3, flushInterval: 200, maxRetries: 1 })

let delivered = 0
const failures = []
analytics.on('error', (error) => failures.push(`${error.code}: ${error.reason}`))

for (const { call, timestamp, ...message } of events) {
  analytics[call]({ ...message, ...(timestamp && { timestamp: new Date(timestamp) }) }, (error) => {
    if (!error) delivered += 1
  })
}
await analytics.closeAndFlush({ timeout: 20_000 })

for (const failure of failures) console.error(failure)
console.log(`${delivered} of ${events.length} delivered`)
process.exit(delivered === events.length && failures.length === 0 ? 0 : 1)
