namespace Postfleet.Core.Returns;

/// <summary>What the reporting host has done with the mail of a recipient (RFC 3464 section 2.3.3).</summary>
public enum ReturnedAction
{
    /// <summary>The mail was not delivered, and will not be.</summary>
    Failed = 1,

    /// <summary>The mail was not delivered yet.</summary>
    Delayed = 2,

    /// <summary>The mail was delivered, given to a system without reports, or distributed to several addresses.</summary>
    Delivered = 3,
}
