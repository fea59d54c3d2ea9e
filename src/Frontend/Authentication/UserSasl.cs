using System.Security.Cryptography;
using Postfleet.Authentication.Sasl;
using Postfleet.Contracts.Users;
using Postfleet.Core.Users;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// Checks passwords and tokens against the users of this cluster. Passwords are hashed on the thread pool, at most as many at a time as
/// there are cores, so that relayed mail keeps its latency. Thread-safe.
/// </summary>
internal sealed class UserSasl : ISaslServer
{
    // Further dialogues are told to try again, instead of waiting behind so many.
    private const int MaxWaiting = 1000;

    private const int CacheSize = 10_000;

    private readonly IUserDirectory _users;
    private readonly SaslOffer _offer;
    private readonly GuessGuard _guard;
    private readonly TimeProvider _time;
    private readonly ITokenValidator? _tokens;
    // Until the key of all nodes is known.
    private readonly byte[] _fakeSalt = RandomNumberGenerator.GetBytes(32);
    private readonly PasswordCache _cache = new(RandomNumberGenerator.GetBytes(32), CacheSize);
    // Never disposed, since sessions may use it at any time. Without a wait handle it holds no resource.
    private readonly SemaphoreSlim _cores = new(Math.Max(1, Environment.ProcessorCount / 2));
    private int _waiting;

    /// <param name="users">The users.</param>
    /// <param name="offer">The offered mechanisms.</param>
    /// <param name="guard">Slows down guessing.</param>
    /// <param name="tokens">Validates tokens; null where no mechanism with tokens is offered.</param>
    /// <param name="time">The clock.</param>
    public UserSasl(IUserDirectory users, SaslOffer offer, GuessGuard guard, ITokenValidator? tokens, TimeProvider time)
    {
        (_users, _offer, _guard, _tokens, _time) = (users, offer, guard, tokens, time);
        // The question starts the reading of changes, which also brings the key for salts.
        _ = users.Version;
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Mechanisms => _offer.Mechanisms;

    /// <inheritdoc/>
    public ISaslDialogue? Begin(string mechanism, SaslClient client)
    {
        if (!_offer.Offers(mechanism, client)) return null;
        var channel = _offer.Channel(client, _users.SaltKey is { IsEmpty: false } shared ? shared : _fakeSalt, _cache);
        return SaslMechanisms.Begin(mechanism, channel) is { } exchange ? new Dialogue(this, exchange, client) : null;
    }

    /// <inheritdoc/>
    public bool IsCurrent(Login login) => login.IsCurrent(_users, _time.GetUtcNow());

    /// <inheritdoc/>
    public async ValueTask<Login?> RenewAsync(Login login, CancellationToken cancellationToken)
    {
        var version = _users.Version;
        if (await _users.FindAsync(login.Name, cancellationToken) is not { } user) return null;
        // Another password ends the sessions of the earlier one: the password may have been stolen.
        if (!login.HasSamePassword(user)) return null;
        var renewed = login with { User = user, Users = _users, Version = version };
        return renewed.IsPermitted(_time.GetUtcNow()) ? renewed : null;
    }

    private async ValueTask<SaslStep> HashAsync(Dialogue dialogue, MailUser? user, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref _waiting) > MaxWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new UsersUnavailableException($"{MaxWaiting} clients wait for the check of their passwords");
        }

        try
        {
            await _cores.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }

        try
        {
            // Again, since others may have failed during the wait.
            dialogue.RequireTurn();
            var now = _time.GetUtcNow();
            return await Task.Run(() => dialogue.Exchange.Resume(user, now), CancellationToken.None);
        }
        finally
        {
            _cores.Release();
        }
    }

    private sealed class Dialogue(UserSasl server, SaslExchange exchange, SaslClient client) : ISaslDialogue
    {
        private MailUser? _user;
        private GuessName _name;
        private long _version;
        private TimeSpan _delay;

        public SaslExchange Exchange => exchange;

        public string Mechanism => exchange.Mechanism;

        public async ValueTask<SaslResult> NextAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken)
        {
            try
            {
                RequireTurn();
                var step = exchange.Next(response, server._time.GetUtcNow());
                if (step.Kind == SaslStepKind.NeedsToken) step = exchange.ResumeToken(await ValidateAsync(step.Token, cancellationToken));
                if (step.Kind == SaslStepKind.NeedsUser) step = await ResumeAsync(step.Name, cancellationToken);
                return End(step);
            }
            catch (UsersUnavailableException e)
            {
                return SaslResult.Unavailable(e.Message, _user?.Name ?? "");
            }
        }

        public void Dispose()
        {
            // It holds nothing.
        }

        public async ValueTask PauseAsync(CancellationToken cancellationToken)
        {
            if (_delay > TimeSpan.Zero) await Task.Delay(_delay, server._time, cancellationToken);
        }

        /// <summary>Refuses the attempt while many failures of the client's network wait for their replies.</summary>
        /// <exception cref="UsersUnavailableException">Too many failures wait.</exception>
        public void RequireTurn()
        {
            if (!server._guard.MayTry(_name, client.Address))
                throw new UsersUnavailableException("many failed attempts of this network wait for their replies");
        }

        private async ValueTask<string?> ValidateAsync(string token, CancellationToken cancellationToken) =>
            server._tokens is { } tokens ? await tokens.ValidateAsync(token, cancellationToken) : null;

        private async ValueTask<SaslStep> ResumeAsync(string name, CancellationToken cancellationToken)
        {
            // Read first: a change during the lookup makes the login outdated.
            _version = server._users.Version;
            _user = await server._users.FindAsync(name, cancellationToken);
            _name = GuessName.Of(name, _user is not null, server._users.SaltKey.Span);
            RequireTurn();
            // The other mechanisms leave the slow hash to the client.
            return Mechanism is "PLAIN" or "LOGIN" ? await server.HashAsync(this, _user, cancellationToken)
                : exchange.Resume(_user, server._time.GetUtcNow());
        }

        private SaslResult End(SaslStep step)
        {
            var known = _user?.Name ?? "";
            switch (step.Kind)
            {
                case SaslStepKind.Challenge:
                    return new SaslResult(SaslResultKind.Challenge) { Challenge = step.Challenge, KnownUser = known };
                case SaslStepKind.Succeeded:
                    server._guard.Succeeded(_name, client.Address);
                    return new SaslResult(SaslResultKind.Succeeded)
                    {
                        Challenge = step.Challenge,
                        Login = new Login(_user!, server._users, _version, exchange.Mechanism, step.ApplicationPassword),
                        KnownUser = known,
                    };
            }

            // Malformed responses are errors of programs and no guesses.
            var isLast = false;
            if (step.Failure != SaslFailure.Malformed) (_delay, isLast) = server._guard.Failed(_name, client.Address);
            var reason = step.Failure switch
            {
                SaslFailure.Malformed => "the response is malformed",
                SaslFailure.Authorization => "the client wants to act as another user",
                SaslFailure.ChannelBinding => "the exchange is bound to another TLS channel",
                _ when known.Length == 0 => "no such user, or no valid token",
                _ when _user!.IsDisabled => "the user is disabled",
                _ => "wrong password",
            };
            return SaslResult.Failed(step.Failure, isLast, known, reason);
        }
    }
}
