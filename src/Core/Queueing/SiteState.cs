namespace Postfleet.Core.Queueing;

/// <summary>
/// What a destination has learned from replies and keeps over restarts and moves: one lowered limit, or one pause. Written on steps alone.
/// </summary>
/// <param name="Destination">The destination.</param>
/// <param name="Scope">What is limited: <c>rate</c>, <c>connections</c>, <c>pause</c>, or <c>pause:</c> and a stream.</param>
public sealed record SiteState(DestinationId Destination, string Scope)
{
    /// <summary>The most characters of <see cref="Reply"/>.</summary>
    public const int MaxReply = 300;

    /// <summary>The longest <see cref="Length"/>: rules have no longer times.</summary>
    public static readonly TimeSpan MaxLength = TimeSpan.FromDays(7);

    /// <summary>The rule of the last step.</summary>
    public string Rule { get; init; } = "";

    /// <summary>The part of the limit that is left, above 0 and up to 1; 1 for a pause.</summary>
    public double Factor { get; init; } = 1;

    /// <summary>The limit at the factor 1 where none is configured: transactions a second; 0 where one is configured.</summary>
    public double Base { get; init; }

    /// <summary>The factor near which the site refused mail; 0 for none.</summary>
    public double Ceiling { get; init; }

    /// <summary>The end of a pause; for a limit, when it may rise next.</summary>
    public DateTimeOffset Until { get; init; }

    /// <summary>The length of the pause, or of the time between two rises.</summary>
    public TimeSpan Length { get; init; }

    /// <summary>How many pauses have followed each other; 0 for a limit.</summary>
    public int Count { get; init; }

    /// <summary>When the row was written.</summary>
    public DateTimeOffset ChangedAt { get; init; }

    /// <summary>The reply of the last match, as one line.</summary>
    public string Reply { get; init; } = "";
}
