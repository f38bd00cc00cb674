// Listens to a query with the package `ws`, and prints the ids of so many events as they come, and how the connection ended.
const WebSocket = require('ws');

const [url, key, count] = process.argv.slice(2);
const socket = new WebSocket(url, { headers: { authorization: `Bearer ${key}` } });
const ids = [];

socket.on('open', () => console.log('open'));
socket.on('message', (data, isBinary) => {
  if (isBinary) throw new Error('a binary message');
  const document = JSON.parse(data.toString());
  if (document.type !== 'EPCISQueryDocument') throw new Error(`a message of type ${document.type}`);
  ids.push(...document.epcisBody.queryResults.resultsBody.eventList.map((event) => event.eventID));
  if (ids.length >= Number(count)) socket.close(1000);
});
socket.on('close', (code) => {
  console.log(JSON.stringify({ ids, code }));
});
socket.on('unexpected-response', (_, response) => {
  console.log(JSON.stringify({ refused: response.statusCode }));
  process.exit(0);
});
