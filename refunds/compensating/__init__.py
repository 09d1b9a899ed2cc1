"""What a buyer is given beside a refund: what is proposed, how it is computed, who may approve it."""
