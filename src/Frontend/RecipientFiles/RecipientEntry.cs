using Postfleet.Core.Mail;

namespace Postfleet.Frontend.RecipientFiles;

/// <summary>What an entry of the recipient files says of its address or domain.</summary>
internal enum RecipientKind
{
    /// <summary>The address is a mailbox.</summary>
    Mailbox,

    /// <summary>All addresses of the domain are mailboxes.</summary>
    OpenDomain,

    /// <summary>The address stands for the targets.</summary>
    Alias,

    /// <summary>The addresses of the domain without an entry stand for the targets.</summary>
    CatchAll,

    /// <summary>The addresses of the domain without an entry stand for those of another domain with the same local parts.</summary>
    DomainAlias,
}

/// <summary>An entry of the recipient files. Immutable.</summary>
/// <param name="kind">What the entry says.</param>
/// <param name="targets">The targets of an alias or a catch-all.</param>
/// <param name="domain">The other domain of a domain alias.</param>
internal sealed class RecipientEntry(RecipientKind kind, Mailbox[] targets, DomainName domain = default)
{
    /// <summary>Most targets of an entry, as Postfix's <c>virtual_alias_expansion_limit</c>.</summary>
    public const int MaxTargets = 1000;

    /// <summary>The entry of mailboxes. One object serves all, since there may be a million.</summary>
    public static RecipientEntry Mailbox { get; } = new(RecipientKind.Mailbox, []);

    /// <summary>The entry of open domains.</summary>
    public static RecipientEntry OpenDomain { get; } = new(RecipientKind.OpenDomain, []);

    /// <summary>What the entry says.</summary>
    public RecipientKind Kind => kind;

    /// <summary>The targets of an alias or a catch-all.</summary>
    public ReadOnlySpan<Mailbox> Targets => targets;

    /// <summary>The other domain of a domain alias.</summary>
    public DomainName Domain => domain;
}
