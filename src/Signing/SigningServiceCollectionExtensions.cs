using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Postfleet.Configuration;
using Postfleet.Contracts.Signing;
using Postfleet.Core;
using Postfleet.Dns;
using Postfleet.Signing.Bulk;
using Postfleet.Signing.Messages;
using Postfleet.Signing.Options;
using Postfleet.Signing.Stored;
using Postfleet.Spool.Common;

namespace Postfleet.Signing;

/// <summary>Registers the module Signing.</summary>
public static class SigningServiceCollectionExtensions
{
    /// <summary>Registers the signer of this site's mail, and the keys in storage. Spool and Dns must be registered, too.</summary>
    /// <param name="services">The services.</param>
    /// <param name="sections">The keys with which the node starts.</param>
    /// <exception cref="StartFailureException">The file of a key cannot be used.</exception>
    public static IServiceCollection AddSigning(this IServiceCollection services, SigningSections sections)
    {
        var state = SigningState.Read(sections, []);
        services.AddSingleton(provider => new StoredKeys(
                provider.GetRequiredService<ISigningKeyStore>(), provider.GetRequiredService<MessageSigner>(),
                provider.GetRequiredService<IDnsLookup>, provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger("Signing")))
            .AddHostedService(provider => provider.GetRequiredService<StoredKeys>())
            .AddSingleton<ISigningKeys>(provider => new SigningKeyService(
                provider.GetRequiredService<ISigningKeyStore>(), provider.GetRequiredService<MessageSigner>(),
                provider.GetRequiredService<IDnsLookup>, provider.GetRequiredService<TimeProvider>(),
                () => provider.GetRequiredService<StoredKeys>().Count));
        return services.AddSingleton(provider => new MessageSigner(
                state, provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<ILoggerFactory>().CreateLogger("Signing")))
            .AddSingleton(provider => new BulkWatch(
                provider.GetRequiredService<MessageSigner>(), provider.GetRequiredService<IDnsLookup>,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>().CreateLogger("Signing")))
            .AddHostedService(provider => provider.GetRequiredService<BulkWatch>())
            .AddSingleton<IMessageSigner>(provider => provider.GetRequiredService<BulkWatch>())
            .AddSingleton<IReloadable<SigningSections>>(provider => provider.GetRequiredService<MessageSigner>());
    }
}
