using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Recipients;

/// <summary>How the expansion of a recipient ended.</summary>
internal enum ExpansionResult
{
    /// <summary>The recipient stands for itself.</summary>
    Unchanged,

    /// <summary>The recipient stands for other addresses.</summary>
    Changed,

    /// <summary>There is no such recipient.</summary>
    Unknown,

    /// <summary>The aliases exceed the bounds.</summary>
    TooLarge,
}

/// <summary>The expansion of a recipient by the recipient files.</summary>
/// <param name="Result">How it ended.</param>
/// <param name="Targets">The addresses for which the recipient stands, each once; empty unless changed.</param>
internal readonly record struct Expansion(ExpansionResult Result, IReadOnlyList<Mailbox> Targets)
{
    /// <summary>The address that exists only because its whole domain is open, as no entry names it; null for none.</summary>
    public Mailbox? Open { get; init; }

    /// <summary>The recipient stands for itself.</summary>
    public static Expansion Unchanged { get; } = new(ExpansionResult.Unchanged, []);

    /// <summary>There is no such recipient.</summary>
    public static Expansion Unknown { get; } = new(ExpansionResult.Unknown, []);

    /// <summary>The recipient stands for others.</summary>
    public static Expansion To(IReadOnlyList<Mailbox> targets) => new(ExpansionResult.Changed, targets);
}
