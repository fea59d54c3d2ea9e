namespace Postfleet.Core.Units;

/// <summary>
/// Rates with different periods that hold at the same time, written <c>20/s, 1000/h</c>; empty text stands for no limit. Immutable. Lists
/// with the same rates in the same order are equal.
/// </summary>
public readonly struct RateList : IEquatable<RateList>
{
    private readonly Rate[]? _rates;

    private RateList(Rate[] rates) => _rates = rates;

    /// <summary>The most rates of a list: one for each period.</summary>
    public const int MaxRates = 4;

    /// <summary>No limit.</summary>
    public static RateList None { get; }

    /// <summary>The rates, in the order in which they are written.</summary>
    public IReadOnlyList<Rate> Rates => _rates ?? [];

    /// <summary>Whether there is no limit.</summary>
    public bool IsNone => _rates is null;

    /// <summary>The whole number of units in a time that all rates allow.</summary>
    public long In(TimeSpan time)
    {
        var least = long.MaxValue;
        foreach (var rate in _rates ?? []) least = Math.Min(least, rate.In(time));
        return least;
    }

    /// <summary>A list of one rate, or of none.</summary>
    public static implicit operator RateList(Rate rate) => FromRate(rate);

    /// <summary>A list of one rate, or of none.</summary>
    public static RateList FromRate(Rate rate) => rate.IsNone ? None : new RateList([rate]);

    /// <summary>A list of rates.</summary>
    /// <param name="rates">The rates, none of which is <see cref="Rate.None"/>.</param>
    public static RateList Of(IEnumerable<Rate> rates) => rates.ToArray() is { Length: > 0 } some ? new RateList(some) : None;

    /// <summary>Reads the text form: rates with commas between, of which no two have the same period.</summary>
    public static bool TryParse(string? text, out RateList list)
    {
        list = None;
        if (string.IsNullOrWhiteSpace(text)) return true;
        List<Rate> rates = [];
        foreach (var piece in text.Split(','))
        {
            if (!Rate.TryParseAny(piece, out var rate) || rate.IsNone || rates.Exists(other => other.Period == rate.Period)) return false;
            rates.Add(rate);
        }

        list = new RateList([.. rates]);
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(RateList other) => Rates.SequenceEqual(other.Rates);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RateList other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _rates is null ? 0 : HashCode.Combine(_rates.Length, _rates[0]);

    /// <summary>Whether two lists are equal.</summary>
    public static bool operator ==(RateList left, RateList right) => left.Equals(right);

    /// <summary>Whether two lists differ.</summary>
    public static bool operator !=(RateList left, RateList right) => !left.Equals(right);

    /// <summary>The text form; empty when there is no limit.</summary>
    public override string ToString() => string.Join(", ", Rates);
}
