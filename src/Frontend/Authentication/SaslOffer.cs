using System.Security.Cryptography;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tokens;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Authentication;

/// <summary>The mechanisms that the listeners offer, from the section <c>Auth</c>. Immutable.</summary>
/// <param name="options">The section.</param>
/// <param name="hostname">The name of this host.</param>
internal sealed class SaslOffer(AuthOptions options, string hostname)
{
    private const string PlusSuffix = "-PLUS";

    /// <summary>The offered mechanisms, the strongest first.</summary>
    public IReadOnlyList<string> Mechanisms { get; } =
        [.. SaslMechanisms.All.Where(name => options.Mechanisms.Contains(WithoutPlus(name))
            && (options.ChannelBinding == ChannelBindingKind.Endpoint || !IsPlus(name)))];

    /// <summary>The offered mechanisms without those that need a channel binding.</summary>
    public IReadOnlyList<string> Unbound => [.. Mechanisms.Where(name => !IsPlus(name))];

    /// <summary>Whether a client may use a mechanism.</summary>
    public bool Offers(string mechanism, SaslClient client)
    {
        foreach (var name in Mechanisms)
            if (name.Equals(mechanism, StringComparison.OrdinalIgnoreCase)) return !IsPlus(name) || !client.EndPointBinding.IsEmpty;
        return false;
    }

    /// <summary>The channel of a client's exchange.</summary>
    /// <param name="client">The client.</param>
    /// <param name="fakeSalt">The key for the salts of unknown users.</param>
    /// <param name="cache">The recent successful checks.</param>
    public SaslChannel Channel(SaslClient client, ReadOnlyMemory<byte> fakeSalt, PasswordCache cache) =>
        new(hostname, 0, RandomNumberGenerator.GetBytes, fakeSalt)
        {
            EndPointBinding = options.ChannelBinding == ChannelBindingKind.Endpoint ? client.EndPointBinding : default,
            OffersPlus = options.ChannelBinding == ChannelBindingKind.Endpoint && !client.EndPointBinding.IsEmpty,
            Cache = cache,
            OpenIdConfiguration = options.OAuth.Issuer.Length == 0 ? "" : DiscoveryDocument.PlaceOf(options.OAuth.Issuer).ToString(),
            Scope = string.Join(' ', options.OAuth.Scopes),
        };

    private static bool IsPlus(string name) => name.EndsWith(PlusSuffix, StringComparison.Ordinal);

    private static string WithoutPlus(string name) => IsPlus(name) ? name[..^PlusSuffix.Length] : name;
}
