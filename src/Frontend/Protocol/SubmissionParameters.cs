using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>A request to hold a message (RFC 4865): HOLDFOR or HOLDUNTIL.</summary>
/// <param name="For">The time to hold the message, from MAIL on; null for HOLDUNTIL.</param>
/// <param name="Until">The time of release; null for HOLDFOR.</param>
/// <param name="Text">The request in the form of reports (section 5.1.2): <c>for;60</c>, or <c>until;2026-11-30T08:00:00Z</c>.</param>
internal sealed record HoldParameter(TimeSpan? For, DateTimeOffset? Until, string Text);

/// <summary>How a parameter was understood.</summary>
internal enum ParameterResult
{
    /// <summary>It is not a parameter of this kind.</summary>
    Unknown,

    /// <summary>It was read.</summary>
    Valid,

    /// <summary>Its value is malformed, or it is given twice.</summary>
    Malformed,
}

/// <summary>The parameters of MAIL that only submission listeners offer. Parsing is pure.</summary>
internal readonly record struct SubmissionParameters
{
    // HOLDUNTIL with digits of a second and an offset; longer values are malformed.
    private const int MaxTime = 40;

    /// <summary>The request to hold the message (RFC 4865); null for none.</summary>
    public HoldParameter? Hold { get; init; }

    /// <summary>Reads a parameter, if it is of an extension of submission.</summary>
    /// <param name="parameter">The parameter as received.</param>
    /// <param name="parameters">The parameters read so far.</param>
    public static ParameterResult Read(ReadOnlySpan<byte> parameter, ref SubmissionParameters parameters)
    {
        HoldParameter? hold;
        if (Keyword.TryCut(parameter, "HOLDFOR="u8, out var value)) hold = HoldFor(value);
        else if (Keyword.TryCut(parameter, "HOLDUNTIL="u8, out value)) hold = HoldUntil(value);
        else return ParameterResult.Unknown;
        // RFC 4865 section 4.2: one of the two, once.
        if (hold is null || parameters.Hold is not null) return ParameterResult.Malformed;
        parameters = parameters with { Hold = hold };
        return ParameterResult.Valid;
    }

    // 1 to 999999999 without leading zeros (section 3).
    private static HoldParameter? HoldFor(ReadOnlySpan<byte> value)
    {
        if (value.Length is 0 or > 9 || value[0] == '0' || value.ContainsAnyExceptInRange((byte)'0', (byte)'9')) return null;
        var text = Encoding.ASCII.GetString(value);
        return new(TimeSpan.FromSeconds(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture)), null, $"for;{text}");
    }

    private static HoldParameter? HoldUntil(ReadOnlySpan<byte> value) =>
        value.Length <= MaxTime && InternetTime.TryParse(value, out var time)
            ? new(null, time, $"until;{Encoding.ASCII.GetString(value).ToUpperInvariant()}") : null;
}
