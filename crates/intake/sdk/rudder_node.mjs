// Delivers the known set with RudderStack's SDK for Node: node rudder_node.mjs URL WRITE_KEY [plain]
// Exits 0 only when the SDK reports every event as delivered. `plain` sends without gzip.
import { readFileSync } from 'node:fs'
import Analytics from '@rudderstack/rudder-sdk-node'

const [url, writeKey, encoding] = process.argv.slice(2)
const events = JSON.parse(readFileSync(new URL('known_set.json', import.meta.url)))
const failures = []
const analytics = new Analytics(writeKey, {
  dataPlaneUrl: url,
  flushAt: 100,
  retryCount: 1,
  gzip: encoding !== 'plain',
  logLevel: 'none',
  errorHandler: (error) => failures.push(String(error)),
})

const answers = events.map(
  ({ call, timestamp, ...message }) =>
    new Promise((resolve) => {
      analytics[call]({ ...message, ...(timestamp && { timestamp: new Date(timestamp) }) }, (error) => resolve(!error))
    }),
)
// The first event is sent at once, on its own; a flush sends the others.
await analytics.flush()
const delivered = (await Promise.all(answers)).filter(Boolean).length

for (const failure of failures) console.error(failure)
console.log(`${delivered} of ${events.length} delivered`)
process.exit(delivered === events.length && failures.length === 0 ? 0 : 1)
