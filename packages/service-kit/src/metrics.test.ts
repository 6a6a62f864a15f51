import { expect, test } from '@jest/globals';
import { createMetrics } from './metrics.ts';

test('what happened can be read by Prometheus', async () => {
  const metrics = createMetrics();
  metrics.messagesAccepted('email', 'transactional', 3);
  metrics.messagesAccepted('email', 'transactional', 1);
  metrics.messageEnded('email', 'transactional', 'sent', 'accepted', 0.02);
  metrics.stageDuration('render', 'transactional', 'email', 0.001);
  metrics.consumerLag('herald.render', 'topic', 7);
  metrics.consumerLag('herald.render', 'topic', 5);
  metrics.providerReply('smtp', 'transient', 'smtp-4xx');
  metrics.alarm('message-lost');
  metrics.httpRequest('/v1/keys', 401, 0.003);
  const { contentType, text } = await metrics.expose();
  expect(contentType).toContain('text/plain');
  for (const line of [
    'herald_messages_accepted_total{channel="email",lane="transactional"} 4',
    'herald_messages_ended_total{channel="email",lane="transactional",state="sent",reason="accepted"} 1',
    'herald_message_duration_seconds_bucket{le="0.025",channel="email",lane="transactional",state="sent"} 1',
    'herald_message_duration_seconds_bucket{le="0.01",channel="email",lane="transactional",state="sent"} 0',
    'herald_stage_duration_seconds_count{stage="render",lane="transactional",channel="email"} 1',
    'herald_consumer_lag{group="herald.render",topic="topic"} 5',
    'herald_provider_replies_total{provider="smtp",kind="transient",code="smtp-4xx"} 1',
    'herald_alarms_total{code="message-lost"} 1',
    'herald_http_request_duration_seconds_count{route="/v1/keys",status="401"} 1',
  ]) {
    expect(text.split('\n')).toContain(line);
  }
});

test('two processes in one do not share their numbers', async () => {
  const [one, other] = [createMetrics(), createMetrics()];
  one.alarm('a');
  expect((await other.expose()).text).not.toContain('code="a"');
});
