namespace Postfleet.Core.Mail;

/// <summary>What a remote host answered with its reply. The numbers stand in the journal and travel between nodes.</summary>
public enum ReplyStage
{
    /// <summary>Not known, or the reply is our own and answers no command.</summary>
    Unknown = 0,

    /// <summary>MAIL FROM.</summary>
    Mail = 1,

    /// <summary>RCPT TO.</summary>
    Recipient = 2,

    /// <summary>DATA, before any content.</summary>
    Data = 3,

    /// <summary>Content before its end.</summary>
    Content = 4,

    /// <summary>The final dot after the content.</summary>
    EndOfData = 5,
}
