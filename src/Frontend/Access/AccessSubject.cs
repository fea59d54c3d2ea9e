namespace Postfleet.Frontend.Access;

/// <summary>What an entry of an access list is about. The words in files are the names in lower case.</summary>
internal enum AccessSubject
{
    /// <summary>The address of the client.</summary>
    Client,

    /// <summary>The name of the client in the DNS, confirmed forward.</summary>
    Name,

    /// <summary>The name of the client in HELO or EHLO.</summary>
    Helo,

    /// <summary>The reverse-path.</summary>
    Sender,

    /// <summary>A recipient.</summary>
    Recipient,
}
