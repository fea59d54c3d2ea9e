namespace Postfleet.Authentication.Dmarc;

/// <summary>The evaluation of one author domain.</summary>
/// <param name="Author">The author domain.</param>
/// <param name="Result">The result.</param>
/// <param name="Reason">The reason of the result in words, in printable ASCII.</param>
public sealed record DmarcOutcome(string Author, DmarcResult Result, string Reason)
{
    /// <summary>The policy record; null if DMARC does not apply.</summary>
    public DmarcRecord? Record { get; init; }

    /// <summary>The domain that publishes the record: the author domain, its organizational domain, or a public suffix domain.</summary>
    public string? PolicyDomain { get; init; }

    /// <summary>
    /// The organizational domain of the author domain (RFC 9989 section 4.10.2); null if it was not needed and therefore not looked up.
    /// </summary>
    public string? OrganizationalDomain { get; init; }

    /// <summary>
    /// The tag whose policy applies to the author domain: <c>p</c>, <c>sp</c> or <c>np</c>; null if DMARC does not apply.
    /// </summary>
    public string? PolicyTag { get; init; }

    /// <summary>The published policy for the author domain, without regard to <c>t=y</c>.</summary>
    public DmarcPolicy PublishedPolicy { get; init; }

    /// <summary>The policy to apply: <see cref="DmarcPolicy.None"/> unless the result is fail; one step milder with <c>t=y</c>.</summary>
    public DmarcPolicy Policy { get; init; }

    /// <summary>Whether SPF passed with an aligned domain.</summary>
    public bool IsSpfAligned { get; init; }

    /// <summary>Whether a signature passed with an aligned domain.</summary>
    public bool IsDkimAligned { get; init; }
}

/// <summary>The evaluation of a message.</summary>
/// <param name="Result">The result: of several author domains, a fail outweighs errors, and all must pass for a pass.</param>
/// <param name="Policy">The policy to apply: the strictest of the author domains that fail (RFC 9989 section 11.5).</param>
/// <param name="Reason">The reason of the result in words, in printable ASCII.</param>
/// <param name="Authors">The evaluated author domains, in their order; at most <see cref="DmarcEvaluator.MaxAuthors"/>.</param>
public sealed record DmarcEvaluation(DmarcResult Result, DmarcPolicy Policy, string Reason, IReadOnlyList<DmarcOutcome> Authors);
