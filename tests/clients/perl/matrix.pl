# Perl's JSON::RPC::Legacy::Client against a running gateway. Prints a row an envelope: see ../run.

use strict;
use warnings;

use JSON::RPC::Legacy::Client;
use MIME::Base64 qw(encode_base64);

my $gateway = "$ENV{GATEWAY}/";
my %fee = (pan => '8600010132441332', pan2 => '9860190101578366', phone => '998901234567', amount => 100_000);
my %incomplete = map { $_ => $fee{$_} } grep { $_ ne 'amount' } keys %fee;

# The version of the protocol that it speaks by itself is 1.1, which has no member `jsonrpc`: the documented envelope.
sub connected {
    my ($name, $secret) = @_;
    my $client = JSON::RPC::Legacy::Client->new;
    $client->ua->default_header(Authorization => 'Basic ' . encode_base64("$name:$secret", ''));
    $client->ua->default_header(lang => 'en');
    return $client;
}

sub call {
    my ($client, $envelope, $method, $params) = @_;
    my %request = (method => $method, id => 1);
    $request{params} = $params if $params;
    $request{jsonrpc} = '2.0' if $envelope eq '2.0';
    return $client->call($gateway, \%request);
}

my %cells = (
    named => sub {
        my ($envelope) = @_;
        my $reply = call(connected($ENV{USER_NAME}, $ENV{SECRET}), $envelope, 'p2p.fee-info', {%fee});
        return $reply->is_success && $reply->result->{fee} == 500 ? 'ok' : 'wrong';
    },
    none => sub {
        my ($envelope) = @_;
        my $reply = call(connected($ENV{USER_NAME}, $ENV{SECRET}), $envelope, 'rpc.discover');
        return $reply->is_success && $reply->result->{openrpc} ? 'ok' : 'wrong';
    },
    error => sub {
        my ($envelope) = @_;
        my $reply = call(connected($ENV{USER_NAME}, $ENV{SECRET}), $envelope, 'p2p.fee-info', {%incomplete});
        return 'a failure is read as success' if $reply->is_success;
        my $error = $reply->error_message;
        my @missing;
        push @missing, 'code' unless ref $error && $error->{code} == -32300;
        push @missing, 'message' unless ref $error && $error->{message};
        push @missing, 'data' unless ref $error && $error->{data}{field} eq 'amount';
        return @missing ? 'loses ' . join(', ', @missing) : 'ok';
    },
    unauthorised => sub {
        my ($envelope) = @_;
        my $reply = call(connected($ENV{STRANGER}, 'wrong'), $envelope, 'p2p.fee-info', {%fee});
        return 'a failure is read as success' if $reply->is_success;
        return ref $reply->error_message && $reply->error_message->{code} == -32504 ? 'ok' : 'text only';
    },
    batch => sub { 'none' },
    repeat => sub {
        my ($envelope) = @_;
        my %order = (
            token => $ENV{TOKEN}, amount => 1_000, merchantId => '90001', terminalId => '92400001',
            extId => join("-", "perl", time, int(rand(1e9))),
        );
        my @ids = map { call(connected($ENV{USER_NAME}, $ENV{SECRET}), $envelope, 'transactions.debit', {%order})->result->{transactionId} } 1 .. 2;
        return $ids[0] && $ids[0] == $ids[1] ? 'ok' : 'paid twice';
    },
);

for my $envelope ('2.0', 'documented') {
    my @found = map { my $cell = $cells{$_}; eval { $cell->($envelope) } // do { warn $@ if $ENV{VERBOSE}; 'fails' } }
        qw(named none error unauthorised batch repeat);
    print '| Perl | JSON::RPC::Legacy::Client | ', JSON::RPC::Legacy::Client->VERSION, " | $envelope | ", join(' | ', @found), " |\n";
}
