namespace Postfleet.Core.Concurrency;

/// <summary>
/// The current version of an immutable value. A reload replaces the value as a whole, and readers take it once for each session, attempt or
/// decision, so no reader sees a mixture of two versions. Thread-safe without a lock.
/// </summary>
/// <typeparam name="T">The type of the value, which must be immutable.</typeparam>
/// <param name="value">The first value.</param>
public sealed class Current<T>(T value)
    where T : class
{
    private volatile T _value = value;

    /// <summary>The value in force.</summary>
    public T Value
    {
        get => _value;
        set => _value = value;
    }
}
