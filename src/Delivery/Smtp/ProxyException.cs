namespace Postfleet.Delivery.Smtp;

/// <summary>A proxy of a source could not be reached, or could not connect to a host. The message is the text of a reply.</summary>
/// <param name="message">The text: the proxy, and the reason.</param>
/// <param name="isLocal">Whether the proxy is at fault, so that nothing is known of the host.</param>
internal sealed class ProxyException(string message, bool isLocal) : Exception(message)
{
    /// <summary>Whether the proxy is at fault, so that nothing is known of the host.</summary>
    public bool IsLocal => isLocal;
}
