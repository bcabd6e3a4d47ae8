import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Publishes events with Kafka's own client: java -cp 'jars/*' Produce.java BOOTSTRAP TOPIC CODECS COUNT
 * CODECS are some of none,gzip,snappy,lz4,zstd; there are COUNT events of each. Event n has the id CODEC-n
 * and no key.
 */
public class Produce {
  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[3]);
    for (String codec : arguments[2].split(",")) publish(arguments[0], arguments[1], codec, count);
  }

  static void publish(String bootstrap, String topic, String codec, int count) throws Exception {
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", bootstrap,
        "compression.type", codec,
        "linger.ms", 50,
        "batch.size", 200_000);
    var serializer = new StringSerializer();
    List<Future<RecordMetadata>> acknowledgements = new ArrayList<>();
    try (var producer = new KafkaProducer<>(settings, serializer, serializer)) {
      for (int n = 0; n < count; n++) {
        acknowledgements.add(producer.send(new ProducerRecord<>(topic, event(codec + "-" + n, n))));
      }
    }
    for (var acknowledgement : acknowledgements) acknowledgement.get();
  }

  static String event(String id, int n) {
    return String.format(
        "{\"event_id\":\"%s\",\"source\":\"billing\",\"customer_id\":\"+88017000%05d\","
            + "\"event_type\":\"recharge\",\"timestamp\":\"2024-01-01T12:00:00Z\",\"amount\":%d.50}",
        id, n % 100_000, 10 + n % 90);
  }
}
