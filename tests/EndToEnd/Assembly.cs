using Xunit;

// Each test uses the whole machine. Concurrent tests would disturb each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
