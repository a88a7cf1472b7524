package tributary.learn;

/** All that the next step depends on, as it is kept between runs. */
public interface Checkpoint {}
