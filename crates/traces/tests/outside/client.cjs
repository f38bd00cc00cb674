// Captures with epcis2.js: node client.cjs ADDRESS KEY. Prints the status and the address of the job.
const { EPCISDocument, ObjectEvent, capture, cbv, setup } = require('epcis2.js');

const [address, key] = process.argv.slice(2);
setup({ apiUrl: `${address}/epcis/v2/`, headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` } });

const event = new ObjectEvent();
event
  .setEventTime('2026-01-05T08:30:00.000Z')
  .setEventTimeZoneOffset('+08:00')
  .addEPC('urn:epc:id:sgtin:4012345.011111.987')
  .setAction('OBSERVE')
  .setBizStep((cbv && cbv.businessSteps && cbv.businessSteps.shipping) || 'shipping');
const sent = new EPCISDocument();
sent.setCreationDate('2026-01-05T08:31:00.000Z').addEvent(event);

capture(sent)
  .then((answer) => console.log(JSON.stringify({ status: answer.status, location: answer.headers.get('location') })))
  .catch((error) => {
    console.error(error);
    process.exit(1);
  });
