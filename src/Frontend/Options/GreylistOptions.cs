namespace Postfleet.Frontend.Options;

/// <summary>Section <c>Inbound:Greylisting</c>: mail of strangers that was never seen is deferred once.</summary>
public sealed record GreylistOptions
{
    /// <summary>How long unknown mail is deferred; zero for no greylisting.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>How long after its first try mail may come back to be known.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromDays(2);

    /// <summary>How long known mail stays known after its last message.</summary>
    public TimeSpan Life { get; init; } = TimeSpan.FromDays(36);

    /// <summary>After how many recipients a network is known for all mail of a sender domain; 0 for never.</summary>
    public int Proofs { get; init; } = 3;

    /// <summary>Whether mail that passes SPF is not deferred.</summary>
    public bool SkipSpfPass { get; init; } = true;
}
