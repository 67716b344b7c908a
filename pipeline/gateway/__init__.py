"""The push gateway: takes what platforms and relays push, checks it, and hands it to Kafka as raw records."""
