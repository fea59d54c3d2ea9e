namespace Postfleet.Core.Mail;

/// <summary>The command or content that a remote host replied to. The numbers are stored in the journal and sent between nodes.</summary>
public enum ReplyStage
{
    /// <summary>Unknown, or a reply of this program to no command.</summary>
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

    /// <summary>The greeting of the host, before any command.</summary>
    Greeting = 6,

    /// <summary>EHLO, HELO or LHLO.</summary>
    Hello = 7,
}
