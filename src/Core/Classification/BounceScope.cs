namespace Postfleet.Core.Classification;

/// <summary>What a negative reply is about, and so whose further mail it concerns.</summary>
public enum BounceScope
{
    /// <summary>This recipient; other mail to the same host is not affected.</summary>
    Recipient = 1,

    /// <summary>The recipient's domain.</summary>
    Domain = 2,

    /// <summary>This message or its sender.</summary>
    Message = 3,

    /// <summary>The address or host name that the mail was sent from.</summary>
    Source = 4,

    /// <summary>The way to the remote host, or the remote host itself.</summary>
    Transport = 5,

    /// <summary>This mail system.</summary>
    Ours = 6,
}
