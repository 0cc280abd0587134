// The peer job in Kafka Streams: Jackson for the record, java.util.regex for the classes, at-least-once as by default.
//   java Job BROKER GROUP IN OUT PATTERNS STATE_DIR THREADS
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Produced;

public class Job {
    record Rule(String name, Pattern pattern) {}

    static final ObjectMapper JSON = new ObjectMapper();

    static List<Rule> read(String path) throws Exception {
        List<Rule> rules = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(path))) {
            if (line.startsWith("#"))
                continue;
            String[] columns = line.split("\t", 2);
            rules.add(new Rule(columns[0], Pattern.compile(columns[1], Pattern.CASE_INSENSITIVE)));
        }
        return rules;
    }

    static byte[] classify(byte[] record, List<Rule> rules) {
        try {
            JsonNode node = JSON.readTree(record);
            if (node.path("type").asText().equals("Delivery"))
                return null;
            String text = node.path("response").path("content").asText();
            String found = "other";
            for (Rule rule : rules) {
                if (rule.pattern.matcher(text).find()) {
                    found = rule.name;
                    break;
                }
            }
            ((ObjectNode) node).put("class", found);
            return JSON.writeValueAsBytes(node);
        } catch (Exception e) {
            throw new IllegalArgumentException("a record is no JSON object", e);
        }
    }

    public static void main(String[] args) throws Exception {
        List<Rule> rules = read(args[4]);
        Properties p = new Properties();
        p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1]);
        p.put(StreamsConfig.STATE_DIR_CONFIG, args[5]);
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, args[6]);
        p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        p.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, args[7]);

        StreamsBuilder builder = new StreamsBuilder();
        builder.stream(args[2], Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
            .mapValues(record -> classify(record, rules))
            .filter((key, failure) -> failure != null)
            .to(args[3], Produced.with(Serdes.ByteArray(), Serdes.ByteArray()));

        KafkaStreams streams = new KafkaStreams(builder.build(), p);
        Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
        streams.start();
    }
}
