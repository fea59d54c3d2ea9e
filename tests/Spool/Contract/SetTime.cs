namespace Postfleet.Spool.Tests.Contract;

/// <summary>A clock that shows the time that a test sets. Elapsed time and timers are the machine's.</summary>
internal sealed class SetTime(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
